"""Documents that change the budget during the year (預算執行中之變動). Pure."""
