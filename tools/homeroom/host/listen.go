package host

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
)

// DefaultAddr is where the page is served when nothing else is said.
const DefaultAddr = "127.0.0.1:8080"

// ports is how many ports are tried in all when no address was asked for.
const ports = 100

// Listen opens the address to serve on.
//
// Without one it is [DefaultAddr], or the next free port where that one is taken. An address may be
// host:port, a bare port or :port; the last two mean this machine alone, so that nothing is open to
// the network unless a host says so. Port 0 is any free port.
func Listen(addr string) (net.Listener, error) {
	if addr == "" {
		return next(DefaultAddr)
	}
	full, err := complete(addr)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", full)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is taken by another program; choose another port, or none to get a free one", full)
	}
	if err != nil {
		return nil, fmt.Errorf("serving on %s is not possible: %w", full, err)
	}
	return l, nil
}

// complete fills in the host of an address, and checks the port.
func complete(addr string) (string, error) {
	if !strings.Contains(addr, ":") {
		addr = ":" + addr
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("%q is no address: %w; write it like %s", addr, err, DefaultAddr)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", fmt.Errorf("%q is no address: its port %q is not a number from 0 to 65535; write it like %s", addr, port, DefaultAddr)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// next listens on an address, or on the first port after it that is free.
func next(addr string) (net.Listener, error) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		panic(err)
	}
	first, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	last := min(first+ports-1, 65535)
	for port := first; port <= last; port++ {
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil {
			return l, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) && !errors.Is(err, syscall.EACCES) {
			return nil, fmt.Errorf("serving on %s is not possible: %w", host, err)
		}
	}
	return nil, fmt.Errorf("all ports of %s from %d to %d are taken; name a free one", host, first, last)
}

// Loopback says whether only this machine can reach an address.
func Loopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
