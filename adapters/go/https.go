package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

type apiRefusal int

func (status apiRefusal) Error() string { return fmt.Sprintf("the API answered HTTP %d", status) }

// trusting gives a new client that trusts the CAs of this file and nothing else.
func trusting(caFile string) (*http.Client, error) {
	pem, err := os.ReadFile(caFile)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	trust := &tls.Config{RootCAs: roots}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: trust}}, err
}

// callAPI gives the value of api.call; every status other than 2xx is an error.
func callAPI(c *http.Client, method, url string, body any, auth func(*http.Request)) (object, error) {
	var payload []byte
	if body != nil {
		payload, _ = json.Marshal(body)
	}
	request, err := http.NewRequest(method, url, bytes.NewReader(payload))
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	auth(request)
	reply, err := c.Do(request)
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	if reply.StatusCode < 200 || reply.StatusCode > 299 {
		return nil, apiRefusal(reply.StatusCode)
	}
	text, err := io.ReadAll(reply.Body)
	var value any
	if len(text) > 0 && strings.Contains(reply.Header.Get("Content-Type"), "json") {
		err = json.Unmarshal(text, &value)
	} else if len(text) > 0 {
		value = string(text)
	}
	return object{"status": reply.StatusCode, "body": value}, err
}
