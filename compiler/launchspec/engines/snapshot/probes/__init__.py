"""Scripts that run inside an engine's own environment: they print the engine's parser as JSON.

They import the standard library and the engine, nothing else, and are started as ``python -m probes.<name>`` from a
folder that holds a copy of this package and nothing more.
"""
