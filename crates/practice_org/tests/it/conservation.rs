//! Whatever happens to a load, each of its rows is in exactly one of the three result sets.

use super::org::*;

/// The same numbers for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// The numbers of the rows in a result set. Names hold a line end, and what stands before it is no number.
fn numbers(org: &Org, path: &str) -> Vec<usize> {
    let lines = org.rows(path);
    lines.iter().skip(1).filter_map(|line| line.rsplit(',').next()?.trim_matches('"').parse().ok()).collect()
}

#[test]
fn every_row_is_told_once_whatever_happens() {
    for seed in 1..=8 {
        let mut chance = Chance(seed);
        let org = empty();
        let rows = 300 + chance.below(4000) as usize;
        let mut csv = String::from("ERP_Id__c,Name,AnnualRevenue,Owner.Username,Site\n");
        for number in 0..rows {
            let key = match chance.below(10) {
                0 => format!("K{}", chance.below(40)),
                1 => String::new(),
                _ => format!("R{number}"),
            };
            let name = if chance.below(20) == 0 { "" } else { "\"A, \"\"B\"\"\nC\"" };
            let revenue = if chance.below(15) == 0 { "much" } else { "12" };
            let owner = if chance.below(15) == 0 { "nobody@x.example" } else { "" };
            csv.push_str(&format!("{key},{name},{revenue},{owner},{number}\n"));
        }
        let _fault = match seed % 4 {
            0 => org.org.set_fault(Fault::JobFails { after_rows: chance.below(rows as u64) }),
            1 => org.org.set_fault(Fault::LockRows { share: 0.2 }),
            2 => org.org.set_fault(Fault::JobSpeed { rows_per_second: 20_000 }),
            _ => 0,
        };
        let settings = json!({"object": "Account", "operation": "upsert", "externalIdFieldName": "ERP_Id__c"});
        let id = org.job(settings, &csv);
        let path = format!("jobs/ingest/{id}");
        if seed % 4 == 2 {
            while org.json(&path)["numberRecordsProcessed"] == 0 {
                pause(Duration::from_millis(2));
            }
            org.send("PATCH", &path, &json!({"state": "Aborted"}));
        }
        let job = org.wait(&path);
        let good = numbers(&org, &format!("{path}/successfulResults"));
        let bad = numbers(&org, &format!("{path}/failedResults"));
        let rest = numbers(&org, &format!("{path}/unprocessedrecords"));
        let processed = job["numberRecordsProcessed"].as_u64().unwrap() as usize;
        assert_eq!(job["numberRecordsFailed"].as_u64().unwrap() as usize, bad.len(), "{seed} {job}");
        assert_eq!(good.len() + bad.len(), processed, "{seed} {job}");
        let mut all = [good, bad, rest].concat();
        all.sort_unstable();
        assert_eq!(all, (0..rows).collect::<Vec<_>>(), "{seed} {job}");
    }
}
