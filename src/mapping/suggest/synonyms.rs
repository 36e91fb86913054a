//! Other words for standard fields, as files from other systems have them.

/// What a group of words means, the words without case and punctuation, and the fields they may stand for: the object (`*` for
/// any) and the API name, the likelier first.
struct Group {
    meaning: &'static str,
    words: &'static [&'static str],
    fields: &'static [(&'static str, &'static str)],
}

/// The objects that a file's or a column's words may stand for.
pub(super) const OBJECTS: [(&str, &[&str]); 10] = [
    (
        "Account",
        &[
            "customer",
            "customers",
            "client",
            "clients",
            "company",
            "companies",
            "kunde",
            "kunden",
            "firma",
            "firmen",
            "debitoren",
            "organization",
            "organizations",
            "supplier",
            "suppliers",
            "vendors",
            "lieferanten",
            "societes",
            "clientes",
        ],
    ),
    (
        "Contact",
        &["person", "persons", "people", "kontakt", "kontakte", "ansprechpartner", "employee", "employees", "personen"],
    ),
    ("Lead", &["prospect", "prospects", "interessent", "interessenten"]),
    ("Opportunity", &["deal", "deals", "chance", "chancen", "verkaufschancen", "pipeline"]),
    ("Product2", &["product", "products", "item", "items", "article", "articles", "artikel", "produkt", "produkte"]),
    ("Order", &["auftrag", "auftraege", "aufträge", "bestellung", "bestellungen"]),
    ("Case", &["ticket", "tickets", "issue", "issues", "support"]),
    ("User", &["benutzer", "nutzer", "staff"]),
    ("Campaign", &["kampagne", "kampagnen"]),
    ("Asset", &["equipment", "geraete", "geräte", "anlagen"]),
];

const GROUPS: [Group; 28] = [
    Group {
        meaning: "company's name",
        words: &[
            "company",
            "companyname",
            "firma",
            "firmenname",
            "firmierung",
            "unternehmen",
            "customername",
            "customer",
            "kunde",
            "kundenname",
            "organization",
            "organisation",
            "businessname",
            "clientname",
            "suppliername",
            "societe",
            "empresa",
        ],
        fields: &[("Account", "Name"), ("Lead", "Company")],
    },
    Group {
        meaning: "product's name",
        words: &[
            "productname",
            "product",
            "produkt",
            "produktname",
            "artikel",
            "artikelname",
            "article",
            "itemname",
            "bezeichnung",
        ],
        fields: &[("Product2", "Name")],
    },
    Group {
        meaning: "product's code",
        words: &[
            "sku",
            "productno",
            "productnumber",
            "artikelnummer",
            "artikelnr",
            "itemnumber",
            "itemno",
            "materialnummer",
        ],
        fields: &[("Product2", "ProductCode")],
    },
    Group {
        meaning: "first name",
        words: &["firstname", "givenname", "forename", "vorname", "prenom", "nombre"],
        fields: &[("*", "FirstName")],
    },
    Group {
        meaning: "last name",
        words: &["lastname", "surname", "familyname", "nachname", "familienname", "nom", "apellido"],
        fields: &[("*", "LastName")],
    },
    Group {
        meaning: "salutation",
        words: &["salutation", "anrede", "titleofcourtesy", "civilite"],
        fields: &[("*", "Salutation")],
    },
    Group {
        meaning: "job title",
        words: &["jobtitle", "position", "contacttitle", "funktion", "role", "berufsbezeichnung"],
        fields: &[("Contact", "Title"), ("Lead", "Title"), ("User", "Title")],
    },
    Group { meaning: "department", words: &["dept", "abteilung", "service"], fields: &[("*", "Department")] },
    Group {
        meaning: "street",
        words: &[
            "address",
            "street",
            "streetaddress",
            "address1",
            "addressline1",
            "adresse",
            "strasse",
            "straße",
            "anschrift",
            "rue",
            "direccion",
            "calle",
        ],
        fields: &[("*", "BillingStreet"), ("*", "MailingStreet"), ("*", "Street")],
    },
    Group {
        meaning: "city",
        words: &["city", "town", "ort", "stadt", "wohnort", "ville", "ciudad", "locality"],
        fields: &[("*", "BillingCity"), ("*", "MailingCity"), ("*", "City")],
    },
    Group {
        meaning: "postal code",
        words: &[
            "postalcode",
            "zip",
            "zipcode",
            "postcode",
            "plz",
            "postleitzahl",
            "codepostal",
            "cp",
            "zippostalcode",
        ],
        fields: &[("*", "BillingPostalCode"), ("*", "MailingPostalCode"), ("*", "PostalCode")],
    },
    Group {
        meaning: "state or region",
        words: &["state", "region", "province", "bundesland", "stateprovince", "kanton", "county"],
        fields: &[("*", "BillingState"), ("*", "MailingState"), ("*", "State")],
    },
    Group {
        meaning: "country",
        words: &["country", "land", "pays", "pais", "nation", "countryname"],
        fields: &[("*", "BillingCountry"), ("*", "MailingCountry"), ("*", "Country")],
    },
    Group {
        meaning: "phone number",
        words: &[
            "phone",
            "phonenumber",
            "phoneno",
            "telephone",
            "telefon",
            "telefonnummer",
            "tel",
            "businessphone",
            "workphone",
            "telefono",
            "telefonnr",
        ],
        fields: &[("*", "Phone")],
    },
    Group {
        meaning: "mobile phone number",
        words: &["mobile", "mobilephone", "mobil", "handy", "cell", "cellphone", "mobilnummer", "mobiltelefon"],
        fields: &[("*", "MobilePhone")],
    },
    Group { meaning: "fax number", words: &["fax", "faxnumber", "telefax", "faxnummer"], fields: &[("*", "Fax")] },
    Group {
        meaning: "e-mail address",
        words: &["email", "emailaddress", "mail", "mailaddress", "emailadresse", "mailadresse", "courriel", "correo"],
        fields: &[("*", "Email")],
    },
    Group {
        meaning: "web address",
        words: &["website", "web", "url", "homepage", "webseite", "internet", "webaddress", "site"],
        fields: &[("*", "Website")],
    },
    Group {
        meaning: "description",
        words: &[
            "description",
            "notes",
            "note",
            "comment",
            "comments",
            "remarks",
            "bemerkung",
            "bemerkungen",
            "beschreibung",
            "notiz",
            "kommentar",
        ],
        fields: &[("*", "Description")],
    },
    Group {
        meaning: "date of birth",
        words: &["birthday", "birthdate", "dateofbirth", "dob", "geburtsdatum", "geburtstag"],
        fields: &[("*", "Birthdate")],
    },
    Group {
        meaning: "yearly revenue",
        words: &["revenue", "turnover", "umsatz", "jahresumsatz", "annualsales"],
        fields: &[("*", "AnnualRevenue")],
    },
    Group {
        meaning: "number of employees",
        words: &["employees", "headcount", "employeecount", "mitarbeiter", "mitarbeiterzahl", "mitarbeiteranzahl"],
        fields: &[("*", "NumberOfEmployees")],
    },
    Group { meaning: "industry", words: &["sector", "branche", "vertical"], fields: &[("*", "Industry")] },
    Group {
        meaning: "amount",
        words: &["betrag", "value", "total", "price", "volume", "summe"],
        fields: &[("Opportunity", "Amount")],
    },
    Group { meaning: "stage", words: &["stage", "phase", "status"], fields: &[("Opportunity", "StageName")] },
    Group {
        meaning: "closing date",
        words: &["closedate", "closingdate", "abschlussdatum", "expectedclose", "duedate"],
        fields: &[("Opportunity", "CloseDate")],
    },
    Group {
        meaning: "subject",
        words: &["title", "betreff", "summary", "topic"],
        fields: &[("Case", "Subject"), ("Task", "Subject")],
    },
    Group {
        meaning: "record id",
        words: &["recordid", "salesforceid", "sfid", "sfdcid", "salesforcerecordid", "id18"],
        fields: &[("*", "Id")],
    },
];

/// The fields of `object` that the word may stand for, each with what both mean.
pub(super) fn fields_for(word: &str, object: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let groups = GROUPS.iter().filter(move |group| group.words.contains(&word));
    let fields = groups.flat_map(|group| group.fields.iter().map(|(of, field)| (*of, *field, group.meaning)));
    let fields: Vec<_> = fields
        .filter(|(of, ..)| *of == "*" || of.eq_ignore_ascii_case(object))
        .map(|(_, field, meaning)| (field, meaning))
        .collect();
    fields.into_iter()
}

/// Whether the word may stand for the field `name` of some object.
pub(super) fn means(word: &str, name: &str) -> bool {
    word.eq_ignore_ascii_case(name)
        || GROUPS
            .iter()
            .any(|group| group.words.contains(&word) && group.fields.iter().any(|(_, field)| *field == name))
}
