"""The least that Django REST framework can do for a page of pieces, to hold our own beside.

No caller is known or counted, nothing is named or cached, and the one middleware tells an answer's length.
"""
