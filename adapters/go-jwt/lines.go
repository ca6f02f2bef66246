package main

import (
	"context"
	"encoding/json"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

type object = map[string]any

type realm struct {
	Issuer, Audience string
	JWKSURI          string `json:"jwks_uri"`
	Algorithms       []string
}

type realms []realm

// UnmarshalJSON takes one realm or a list of them.
func (r *realms) UnmarshalJSON(data []byte) error {
	if data[0] == '[' {
		return json.Unmarshal(data, (*[]realm)(r))
	}
	*r = realms{{}}
	return json.Unmarshal(data, &(*r)[0])
}

type message struct {
	Seq       int
	Cmd, Op   string
	EHealth   realms
	Now       float64
	Args      struct{ Token, Issuer string }
	Protocols []int
}

func algorithms(r realm) []string {
	if len(r.Algorithms) > 0 {
		return r.Algorithms
	}
	return []string{"RS256"}
}

// A verifier gives the claims of a token, or an error.
type verifier func(token string) (object, error)

// A library makes verifiers; they last until the context ends. Trust comes from SSL_CERT_FILE,
// which the bench sets, so that a library fetches as it always does.
type library struct {
	name, path, clock string
	open              func(context.Context, realm) (verifier, error)
	classify          func(error) string // the outcome class, "" for a crash
}

// moved is the time that the bench has set, and how far it lies from the system's.
var moved time.Duration

func now() time.Time { return time.Now().Add(moved) }

// serve speaks the adapter protocol, version 1, until bye.
func serve(used library) {
	input, output := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	forget := context.CancelFunc(func() {})
	known, first := map[string]verifier{}, ""
	var writing sync.Mutex
	write := func(answer object) {
		writing.Lock()
		defer writing.Unlock()
		_ = output.Encode(answer)
	}
	defer func() { forget() }()
	for m := (message{}); m.Cmd != "bye"; {
		m = message{}
		if input.Decode(&m) != nil {
			return
		}
		answer := object{"seq": m.Seq}
		switch m.Cmd {
		case "hello":
			me := object{"name": used.name, "version": version(used.path), "language": "Go"}
			answer["protocol"], answer["implementation"], answer["clock"] = 1, me, used.clock
			answer["capabilities"], answer["concurrency"] = []string{"jwt"}, 8
		case "scenario":
			forget()
			ctx, cancel := context.WithCancel(context.Background())
			forget = cancel
			moved, first = 0, m.EHealth[0].Issuer
			for _, one := range m.EHealth {
				verify, err := used.open(ctx, one)
				if known[one.Issuer] = verify; err != nil {
					answer["outcome"], answer["detail"] = "crashed", err.Error()
				}
			}
		case "clock":
			moved = time.Until(time.UnixMicro(int64(m.Now * 1e6)))
		case "call":
			if m.Args.Issuer == "" {
				m.Args.Issuer = first
			}
			verify := known[m.Args.Issuer]
			go func() { write(outcome(answer, m.Args.Token, verify, used.classify)) }()
			continue
		}
		write(answer)
	}
}

func outcome(answer object, token string, verify verifier, classify func(error) string) object {
	claims, err := verify(token)
	if err == nil {
		answer["outcome"], answer["value"] = "accepted", object{"claims": claims}
		return answer
	}
	answer["outcome"], answer["detail"] = "crashed", err.Error()
	if kind := classify(err); kind != "" {
		answer["outcome"], answer["class"] = "rejected", kind
	}
	return answer
}

// said gives the class beside the first words that an error contains.
func said(err error, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		if strings.Contains(err.Error(), pairs[i]) {
			return pairs[i+1]
		}
	}
	return ""
}

// version is the one of the library that this binary was really built with.
func version(path string) string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == path {
			return strings.TrimPrefix(module.Version, "v")
		}
	}
	return "unknown"
}

func main() {
	kinds := map[string]library{"go-oidc": goOIDC, "keyfunc": readme, "keyfunc-options": options}
	if len(os.Args) == 2 && kinds[os.Args[1]].open != nil {
		serve(kinds[os.Args[1]])
		return
	}
	os.Stderr.WriteString("one of go-oidc, keyfunc, keyfunc-options\n")
	os.Exit(3)
}
