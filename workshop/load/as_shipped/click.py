"""Hides click from a server on daphne: neither app's requirements hold it, the workshop's do.

Where autobahn, on which daphne stands, finds click, it colours the words of a debug line for each
frame that it sends, whether or not anybody reads that line.
"""

raise ImportError("click is hidden here: the app that is measured does not require it")
