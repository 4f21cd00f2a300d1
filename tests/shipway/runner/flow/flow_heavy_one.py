"""Stands for a library that takes a while to import."""

import time

time.sleep(0.2)
