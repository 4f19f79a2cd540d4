// Command starter is the command line of the product: it connects both vendors, starts syncs, reports, corrects links, and
// serves webhooks and the Integrations page.
//
// It has one file per subcommand, with the flags, the calls and the text. It may not contain business rules, SQL or vendor calls.
package main
