"""Data references: their configuration strings, read and evaluated without any input or output.

Stands beside `piwebapi.core`: standard library and the core only. What a reference asks about its
surroundings comes through `context.Context`.
"""
