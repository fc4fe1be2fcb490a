"""The unit budget (單位預算) of one agency: its line items, and every table made from them."""
