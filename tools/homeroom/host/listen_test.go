package host

import (
	"net"
	"strings"
	"testing"
)

func TestComplete(t *testing.T) {
	for addr, want := range map[string]string{
		"8080":           "127.0.0.1:8080",
		":8080":          "127.0.0.1:8080",
		"0":              "127.0.0.1:0",
		"localhost:80":   "localhost:80",
		"0.0.0.0:9000":   "0.0.0.0:9000",
		"[::1]:9000":     "[::1]:9000",
		"127.0.0.1:http": "",
		"host":           "",
		"a:b:c":          "",
		"1.2.3.4:70000":  "",
		"":               "",
	} {
		got, err := complete(addr)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("complete(%q) = %q, %v; want %q", addr, got, err, want)
		}
		if err != nil && !strings.Contains(err.Error(), DefaultAddr) {
			t.Errorf("the error of %q shows no right address: %v", addr, err)
		}
	}
}

func TestListenTakesTheNextFreePort(t *testing.T) {
	taken, err := Listen("0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	addr := taken.Addr().String()
	if !Loopback(taken.Addr()) {
		t.Errorf("port 0 without a host listens on %s", addr)
	}
	l, err := next(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	was, is := taken.Addr().(*net.TCPAddr), l.Addr().(*net.TCPAddr)
	if is.Port <= was.Port || !is.IP.Equal(was.IP) {
		t.Errorf("after %s comes %s", was, is)
	}
	// What was asked for is not swapped for something else.
	if l, err := Listen(addr); err == nil {
		l.Close()
		t.Errorf("%s was taken twice", addr)
	} else if !strings.Contains(err.Error(), addr) || !strings.Contains(err.Error(), "taken") {
		t.Errorf("the error is %q", err)
	}
}

func TestLoopback(t *testing.T) {
	for ip, want := range map[string]bool{"127.0.0.1": true, "127.3.2.1": true, "::1": true, "0.0.0.0": false, "192.0.2.1": false, "::": false} {
		if got := Loopback(&net.TCPAddr{IP: net.ParseIP(ip)}); got != want {
			t.Errorf("Loopback(%s) = %t", ip, got)
		}
	}
	if Loopback(&net.UnixAddr{Name: "socket"}) {
		t.Error("a socket counts as loopback")
	}
}
