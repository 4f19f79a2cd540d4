package web_test

import (
	"os"
	"testing"

	"ninjaone-accelo/internal/local/localtest"
)

func TestMain(m *testing.M) { os.Exit(localtest.Run(m)) }
