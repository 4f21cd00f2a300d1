"""Small charts of one feature, made on the server: filled for the data set of a page, outlined for the other."""
