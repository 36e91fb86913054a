//! A signed-in Salesforce client; knows nothing of integrations and runs.
/// temp
#[derive(Clone)]
pub struct Org;
impl Org {
    /// temp
    pub fn calls(&self) -> u64 {
        0
    }
}
