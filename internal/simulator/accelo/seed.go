package accelo

import (
	"fmt"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// nameStep is the distance of two companies in the shared stream of names, so every second organization in NinjaOne already
// has a company.
const nameStep = 2

// seed creates the initial data, which depends only on the options and the start time.
func (w *world) seed(o Options) {
	w.seedTables(o)
	now := o.Now()
	v := &view{world: w, mode: o.Mode, staff: w.staff.rows[0].ID}
	for i := range o.Companies {
		v.nowMillis = now.Add(-30*24*time.Hour - time.Duration(o.Companies-i)*time.Hour).UnixMilli()
		v.seedCompany(o.Seed, i)
	}
	if o.Companies > 0 {
		v.seedRequests(o, now)
		v.seedAssets(o, now)
	}
	w.events = nil
}

// seedTables creates the statuses, staff, request types and priorities.
func (w *world) seedTables(o Options) {
	for _, s := range []struct {
		object string
		titles [][2]string
	}{
		{"company", [][2]string{{"Active", "active"}, {"Inactive", "inactive"}, {"Interested", "interested"}, {"Potential", "potential"}}},
		{"contact", [][2]string{{"Active", "active"}, {"Inactive", "inactive"}}},
		{"affiliation", [][2]string{{"Active", "active"}, {"Inactive", "inactive"}}},
		{"issue", [][2]string{{"Submitted", "submitted"}, {"Open", "open"}, {"Resolved", "resolved"}, {"Closed", "closed"}, {"Inactive", "inactive"}}},
		{"job", [][2]string{{"Pending", "pending"}, {"Active", "active"}, {"Complete", "complete"}}},
		{"prospect", [][2]string{{"Active", "active"}, {"Won", "won"}, {"Lost", "lost"}}},
	} {
		for i, title := range s.titles {
			w.statuses.add(&Status{
				Object: s.object, Title: title[0], Standing: title[1], Color: "green", Start: i == 0, Ordering: int64(i + 1),
			})
		}
	}
	for _, user := range o.users() {
		w.staff.add(user)
	}
	for _, title := range o.RequestTypes {
		w.requestTypes.add(&RequestType{Title: title, Standing: "active"})
	}
	w.requestTypes.add(&RequestType{Title: "Old Enquiries", Standing: "inactive"})
	for i, p := range [][2]string{{"None", "grey"}, {"Low", "blue"}, {"Medium", "green"}, {"High", "orange"}, {"Extreme", "red"}} {
		w.priorities.add(&Priority{Title: p[0], Color: p[1], Factor: int64(i + 1)})
	}
}

// users returns the staff at the beginning.
func (o Options) users() []*Staff {
	if o.staff != nil {
		return o.staff
	}
	var users []*Staff
	for _, p := range [][4]string{
		{"Nina", "Automation", "active", accessAdmin},
		{"Turanga", "Leela", "active", accessAdmin},
		{"Hermes", "Conrad", "active", accessAdmin},
		{"Amy", "Wong", "active", accessUser},
		{"Hubert", "Farnsworth", "active", accessRestricted},
		{"Philip", "Fry", "inactive", accessUser},
	} {
		username := fmt.Sprintf("%s.%s", p[0], p[1])
		users = append(users, &Staff{
			Firstname: p[0], Surname: p[1], Standing: p[2], Username: username, Email: username + "@" + o.Deployment + ".example",
			Position: "Technician", Phone: "+1 555 0100", AccessLevel: p[3], password: DefaultPassword,
		})
	}
	return users
}

// seedCompany adds the i-th company. Of every ten, two have the name of an earlier one (one of these is inactive), one is
// inactive and two have no contact. Some names are spelled differently than in NinjaOne.
func (v *view) seedCompany(seed int64, i int) {
	at, standing := i, "active"
	switch i % 10 {
	case 3:
		standing = "inactive"
	case 7:
		standing = "interested"
	case 8:
		at, standing = i-3, "inactive"
	case 9:
		at = i - 3
	}
	name := lab.OrganizationName(seed, at*nameStep)
	if at%3 == 1 && at == i {
		name = lab.NameVariant(name, 1+at/3)
	}
	status, err := v.world.statusFor("company", 0, standing, "")
	if err != nil {
		return
	}
	company := v.addCompany(name, status)
	company.Website = fmt.Sprintf("www.company%d.example", i)
	company.Phone = fmt.Sprintf("+1 555 %07d", i)
	company.ManagerID = v.world.staff.rows[1+i%4].ID
	contacts := 1
	switch {
	case i%10 == 4 || i%10 == 8:
		contacts = 0
	case i%5 == 0:
		contacts = 2
	}
	for n := range contacts {
		first, last := lab.PersonName(seed, i*3+n)
		affiliation := v.addAffiliation(company, v.addContact(first, last))
		affiliation.Email = fmt.Sprintf("%s%d@company%d.example", lab.UserName(seed, i*3+n), n, i)
		affiliation.Phone = company.Phone
		affiliation.Position = "Office Manager"
		v.world.mirrorAffiliation(affiliation)
	}
}

// seedRequests adds requests of every standing and priority. Clients can only discover priorities through requests.
func (v *view) seedRequests(o Options, now time.Time) {
	if len(v.world.affiliations.rows) == 0 || len(o.RequestTypes) == 0 {
		return
	}
	for i := range max(5, o.Companies/4) {
		v.nowMillis = now.Add(-20*24*time.Hour + time.Duration(i)*time.Minute).UnixMilli()
		row := v.addRequest(Request{
			Title:         fmt.Sprintf("Question %d about our invoice (%s)", i+1, []string{"urgent", "café", "again, please"}[i%3]),
			Body:          "Hello,\r\n<p>could you have a look at this &amp; call back?</p>\r\n",
			Source:        "email",
			TypeID:        v.world.requestTypes.rows[i%min(2, len(o.RequestTypes))].ID,
			PriorityID:    v.world.priorities.rows[i%len(v.world.priorities.rows)].ID,
			AffiliationID: v.world.affiliations.rows[i*7%len(v.world.affiliations.rows)].ID,
		})
		row.Standing = []string{"pending", "open", "closed"}[i%3]
		if row.Standing != "pending" {
			row.ClaimerID = v.world.staff.rows[1+i%4].ID
		}
	}
}

// seedAssets adds an asset type with some assets, and a profile field of companies.
func (v *view) seedAssets(o Options, now time.Time) {
	v.nowMillis = now.Add(-10 * 24 * time.Hour).UnixMilli()
	account := v.addField(profiles, "company", 0, "Account Number", "text")
	printer := v.addAssetType("Printer")
	serial := v.addField(extensions, "asset", printer.ID, "Serial Number", "text")
	v.addField(extensions, "asset", printer.ID, "Purchased", "date")
	v.addField(extensions, "asset", printer.ID, "Finish", "fixed_select", "matte", "glossy")
	for i := 0; i < o.Companies; i += 5 {
		company := v.world.companies.rows[i]
		v.setValue(account, company.ID, fmt.Sprintf("A-%05d", i), "")
		asset := v.world.assets.add(&Asset{
			Title: lab.HostName(o.Seed, "PRINTER", i), Standing: "active", TypeID: printer.ID, AgainstType: "company",
			AgainstID: company.ID, AffiliationID: company.DefaultAffiliationID, DateCreated: v.now(),
		})
		v.setValue(serial, asset.ID, fmt.Sprintf("SN%08d", i*7919), "")
	}
}
