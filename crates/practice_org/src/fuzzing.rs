//! Doors for the fuzz targets: any text is read, or refused with its place.

use std::sync::OnceLock;

use crate::schema::Schema;
use crate::soql::plan::Context;
use crate::soql::run;
use crate::sosl;

/// Reads and checks a text as SOQL; tells whether it is a query.
pub fn soql(text: &str) -> bool {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    let schema = SCHEMA.get_or_init(Schema::standard);
    match run::prepare(Context { schema, version: 67, deleted: false, user: "" }, text) {
        Ok(plan) => !plan.sql(Some(1)).is_empty(),
        Err(failure) => {
            assert!(failure.message.contains("ERROR at Row:"), "{}", failure.message);
            false
        }
    }
}

/// Reads a text as SOSL; tells whether it is a search.
pub fn sosl(text: &str) -> bool {
    sosl::parse(text).is_ok_and(|search| sosl::term::Term::read(&search.term).is_ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_is_a_query_or_refused(
            text in "(SELECT |FROM |WHERE |Id|Name|Account|What|Owner|Task|\\(|\\)|,|\\.|=|'|a|é|TYPEOF |WHEN |THEN |END |GROUP BY |ROLLUP|COUNT|AND |OR |NOT |IN |LIKE |LIMIT |5|-|TODAY|:| |\\\\){0,40}|\\PC{0,60}",
        ) {
            super::soql(&text);
            super::soql(&format!("SELECT Id FROM Account WHERE {text}"));
            super::soql(&format!("SELECT {text} FROM Task"));
        }
    }
}
