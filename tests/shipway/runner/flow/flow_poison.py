"""Stands for a native library that crashes while it is loaded."""

import os

os._exit(9)
