"""What a budget report (預算報表) is: one definition for page, file and API."""
