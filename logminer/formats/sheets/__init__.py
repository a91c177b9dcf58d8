"""Spreadsheets as rows of cells, read from their XML as it is unpacked, so that no file takes more memory than its rows.

The standard library does it: readers that load a sheet as one block can be made to ask for any amount of memory by a
few bytes of a file, and the process dies with them.
"""
