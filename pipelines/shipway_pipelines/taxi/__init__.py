"""Will a taxi ride's tip be a big one? The classic example of TFX, with its features and its module file."""
