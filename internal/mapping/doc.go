// Package mapping is how users decide what becomes of NinjaOne's organizations: which company each goes to, which contact its records belong
// to, and whether it is synced at all. It proposes companies by the rules of the import, checks what users choose in both vendors before
// anything is stored, and reads and writes all of it as CSV.
//
// It writes nothing to a vendor. The company of a linked organization is changed as a correction, by package corrections. It may not import
// Temporal.
package mapping
