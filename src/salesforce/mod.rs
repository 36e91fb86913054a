//! A signed-in Salesforce client; knows nothing of integrations and runs.
