//! What goes out: an envelope with an answer, or with a fault.

use crate::failure::Refusal;
use crate::http::reply::Reply;
use crate::xml::{element, escape};

/// Which of the two APIs is spoken; they differ in their namespaces only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavor {
    /// The same for every org.
    Partner,
    /// Made for one org.
    Enterprise,
}

impl Flavor {
    /// The namespace of operations.
    pub(crate) fn namespace(self) -> &'static str {
        match self {
            Flavor::Partner => "urn:partner.soap.sforce.com",
            Flavor::Enterprise => "urn:enterprise.soap.sforce.com",
        }
    }

    /// The namespace of faults.
    fn faults(self) -> &'static str {
        match self {
            Flavor::Partner => "urn:fault.partner.soap.sforce.com",
            Flavor::Enterprise => "urn:fault.enterprise.soap.sforce.com",
        }
    }

    /// The letter in the endpoint's path.
    pub(crate) fn letter(self) -> char {
        match self {
            Flavor::Partner => 'u',
            Flavor::Enterprise => 'c',
        }
    }
}

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Why a call failed.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// The element inside `detail`; nothing if the envelope itself was wrong.
    kind: Option<&'static str>,
    code: &'static str,
    message: String,
}

impl Fault {
    /// A call that the API refused.
    pub(crate) fn api(code: &'static str, message: &str) -> Self {
        Fault { kind: Some("UnexpectedErrorFault"), code, message: message.to_owned() }
    }

    /// A sign-in that was refused.
    pub(crate) fn login(code: &'static str, message: &str) -> Self {
        Fault { kind: Some("LoginFault"), code, message: message.to_owned() }
    }

    /// An envelope that nobody can read.
    pub(crate) fn client(message: &str) -> Self {
        Fault { kind: None, code: "Client", message: message.to_owned() }
    }

    /// An operation that there is not.
    pub(crate) fn unknown_operation(space: &str, name: &str) -> Self {
        Fault::client(&format!("No operation available for request {{{space}}}{name}"))
    }

    /// The answer.
    pub(crate) fn reply(&self, flavor: Flavor) -> Reply {
        let (code, text, detail) = match self.kind {
            None => (format!("soapenv:{}", self.code), self.message.clone(), String::new()),
            Some(kind) => {
                let code = element("sf:exceptionCode", self.code);
                let message = element("sf:exceptionMessage", &self.message);
                let detail = format!("<detail><sf:{kind} xsi:type=\"sf:{kind}\">{code}{message}</sf:{kind}></detail>");
                (format!("sf:{}", self.code), format!("{}: {}", self.code, self.message), detail)
            }
        };
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope xmlns:soapenv=\"{SOAP}\" xmlns:sf=\"{}\" \
             xmlns:xsi=\"{INSTANCE}\"><soapenv:Body><soapenv:Fault><faultcode>{code}</faultcode>\
             <faultstring>{}</faultstring>{detail}</soapenv:Fault></soapenv:Body></soapenv:Envelope>",
            flavor.faults(),
            escape(&text)
        );
        Reply::text(500, "text/xml;charset=UTF-8", &text)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Fault::api(refusal.failure.code, &refusal.failure.message)
    }
}

/// An answer, with the day's use of the API in its header if the call was counted.
pub(crate) fn answer(flavor: Flavor, operation: &str, inner: &str, usage: Option<(u64, u64)>) -> Reply {
    let header = usage.map_or_else(String::new, |(used, most)| {
        format!(
            "<soapenv:Header><LimitInfoHeader><limitInfo><current>{used}</current><limit>{most}</limit>\
             <type>API REQUESTS</type></limitInfo></LimitInfoHeader></soapenv:Header>"
        )
    });
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope xmlns:soapenv=\"{SOAP}\" xmlns=\"{}\" \
         xmlns:xsi=\"{INSTANCE}\">{header}<soapenv:Body><{operation}Response>{inner}</{operation}Response>\
         </soapenv:Body></soapenv:Envelope>",
        flavor.namespace()
    );
    Reply::text(200, "text/xml;charset=UTF-8", &text)
}

/// An element with a text, or one that says there is none.
pub(crate) fn optional(name: &str, text: Option<&str>) -> String {
    text.map_or_else(|| format!("<{name} xsi:nil=\"true\"/>"), |text| element(name, text))
}
