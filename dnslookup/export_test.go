package dnslookup

// SetMaxTransfer lets a test reach the bound of a transfer; the function that
// it returns puts the old one back.
func SetMaxTransfer(n int) (restore func()) {
	old := maxTransfer
	maxTransfer = n
	return func() { maxTransfer = old }
}
