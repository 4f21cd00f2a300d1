"""What the Open Inference Protocol (V2) means, whichever transport carries it."""
