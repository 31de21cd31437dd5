"""Typeset pages: templates, fonts, PDF."""
