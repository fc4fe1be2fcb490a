"""The books (帳簿) and statements (會計報表): what they are called, asked by, and made of."""
