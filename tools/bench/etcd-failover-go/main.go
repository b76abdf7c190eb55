// A client as player.ts describes it, on clientv3. Arguments: hosts with commas between them, AutoSyncInterval in milliseconds, how many clients.
package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/peer"
)

const (
	pace             = 50 * time.Millisecond
	timeout          = 2 * time.Second
	keepalive        = 10 * time.Second
	keepaliveTimeout = 5 * time.Second
	memberList       = "/etcdserverpb.Cluster/MemberList"
)

var polls, bytesOut, bytesIn, open atomic.Int64
var shallWrite atomic.Bool

type memberKey struct{}

// tapped counts what passes through a connection.
type tapped struct {
	net.Conn
	closed atomic.Bool
}

func (t *tapped) Read(data []byte) (int, error) {
	n, err := t.Conn.Read(data)
	bytesIn.Add(int64(n))
	return n, err
}

func (t *tapped) Write(data []byte) (int, error) {
	n, err := t.Conn.Write(data)
	bytesOut.Add(int64(n))
	return n, err
}

func (t *tapped) Close() error {
	if t.closed.CompareAndSwap(false, true) {
		open.Add(-1)
	}
	return t.Conn.Close()
}

func dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	open.Add(1)
	return &tapped{Conn: conn}, nil
}

// watch counts polls, and remembers which member had a write last: clientv3 may try several.
func watch(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	if method == memberList {
		polls.Add(1)
	}
	var member peer.Peer
	err := invoke(ctx, method, request, reply, conn, append(options, grpc.Peer(&member))...)
	if last, ok := ctx.Value(memberKey{}).(*string); ok && member.Addr != nil {
		*last = member.Addr.String()
	}
	return err
}

func write(client *clientv3.Client, name string) {
	member := "-"
	ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), memberKey{}, &member), timeout)
	defer cancel()
	sent := time.Now().UnixMilli()
	_, err := client.Put(ctx, "bench/"+name, strconv.FormatInt(sent, 10))
	done := time.Now().UnixMilli()
	if err == nil {
		fmt.Println("ok", sent, done, member)
	} else {
		fmt.Println("failed", sent, done, member, strings.ReplaceAll(err.Error(), "\n", " "))
	}
}

// run writes once each pace, or at once when it is late, for as long as it shall. The clients take turns.
func run(clients []*clientv3.Client, wake <-chan struct{}) {
	name := strconv.Itoa(os.Getpid())
	for range wake {
		next := time.Now()
		for turn := 0; shallWrite.Load(); turn++ {
			write(clients[turn%len(clients)], name)
			next = next.Add(pace)
			next = next.Add(max(0, time.Since(next)))
			time.Sleep(time.Until(next))
		}
	}
}

func main() {
	hosts := strings.Split(os.Args[1], ",")
	interval, _ := strconv.Atoi(os.Args[2])
	count, _ := strconv.Atoi(os.Args[3])
	var clients []*clientv3.Client
	for range count {
		client, err := clientv3.New(clientv3.Config{
			Endpoints:            hosts,
			AutoSyncInterval:     time.Duration(interval) * time.Millisecond,
			DialKeepAliveTime:    keepalive,
			DialKeepAliveTimeout: keepaliveTimeout,
			DialOptions:          []grpc.DialOption{grpc.WithContextDialer(dial), grpc.WithChainUnaryInterceptor(watch)},
			Logger:               zap.NewNop(),
		})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		clients = append(clients, client)
	}
	wake := make(chan struct{}, 1)
	go run(clients, wake)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		switch lines.Text() {
		case "write":
			shallWrite.Store(true)
			select {
			case wake <- struct{}{}:
			default: // it wakes already
			}
		case "rest":
			shallWrite.Store(false)
		case "tell":
			fmt.Println("told", polls.Load(), bytesOut.Load(), bytesIn.Load(), open.Load())
		}
	}
}
