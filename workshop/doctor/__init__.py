"""The doctor: examines any Channels project and says what is wrong, why, and how to mend it.

Added to INSTALLED_APPS, `workshop.doctor` shows the same findings in `manage.py check`. What runs
inside the examined project (`probe/`) needs nothing but what the project itself has.
"""
