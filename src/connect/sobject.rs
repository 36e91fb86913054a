//! A Salesforce object as a target.
