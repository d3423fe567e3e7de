//go:build !linux && !darwin

package tcpecho

func readInfo(uintptr) (Info, error) { return Info{}, ErrNoInfo }
