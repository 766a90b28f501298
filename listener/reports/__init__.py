"""Reports: stored facts summarised, drawn and written as a page, a workbook and JSON."""
