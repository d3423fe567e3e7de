package httpmsg

type ruleInfo struct {
	name     string
	rfc      string
	status   int  // for a request
	response bool // a response is refused too
	parsers  string
}

// rules says of each rule what it is called, where it is written, what a
// server answers, and what parsers in use do.
var rules = [numRules]ruleInfo{
	NoRule: {name: "none"},
}
