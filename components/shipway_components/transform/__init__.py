"""Transform: the user's `preprocessing_fn` becomes a graph, and the examples become what that graph makes of them."""
