package gateway

// For the tests outside the package.
const (
	FirstRetry = firstRetry
	LastRetry  = lastRetry
)
