"""Will a flight from New York arrive late? Real flights of a year, month by month, from files to a pushed model."""
