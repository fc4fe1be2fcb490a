"""Official documents of many sheets (預算書, 決算書): one definition as XLSX, ODS and PDF."""
