package rules

import "fmt"

// DefaultConnection is the connection that the credentials in the environment define, and that a command of the starter means without
// --connection.
const DefaultConnection = "default"

// Command returns what to type to run a command of the starter for a connection. Every text that names such a command takes it from here: an ID
// means another record in another connection. A result that doesn't tell its connection leaves it out.
func Command(connection, format string, arguments ...any) string {
	command := "starter " + fmt.Sprintf(format, arguments...)
	if connection == DefaultConnection || connection == "" {
		return command
	}
	return command + " --connection " + connection
}
