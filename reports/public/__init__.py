"""What people outside read and write: receipts, notices, their own record, transparency."""
