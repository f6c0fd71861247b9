"""XLSForm (xlsform.org): forms written as spreadsheets, read as questionnaires."""
