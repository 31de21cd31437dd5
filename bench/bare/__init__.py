"""The least that Django REST framework can do for a page of pieces, to compare ours with.

It identifies and counts no caller, names and caches no answer, and its one middleware sets the answer's length.
"""
