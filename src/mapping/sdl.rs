//! Data Loader's mapping files.
/// temp
pub fn read(_bytes: &[u8]) -> Result<super::Mapping, String> {
    Err("x".into())
}
