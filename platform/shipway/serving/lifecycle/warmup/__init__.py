"""Running a version before anybody asks it, so that nobody's request is the one that optimises its graph."""
