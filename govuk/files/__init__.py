"""How tables and texts look in files: CSV, spreadsheets and PDF. Knows nothing of what they say."""
