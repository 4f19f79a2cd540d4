// Package corrections applies what a user corrects by hand: which company, asset or request a record is linked to, and which
// deleted record may be created again.
//
// It reads both vendors to check a correction and changes links in our database. It may not write to a vendor: the next sync
// carries a correction out. It may not print, and it knows no flags.
package corrections
