"""Set-up files that are right: the six examples of chapter 2, and further ones.

"Opzetten kanaal REST API" (17/09/2024), 2.1 to 2.5; the companies are made up.
"""
