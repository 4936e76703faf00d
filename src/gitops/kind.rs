//! The kinds of objects by which Argo CD and Flux apply what is in Git.

/// The API group of Argo CD.
pub const ARGO: &str = "argoproj.io";
/// What the API groups of Flux end with.
pub const FLUX: &str = "fluxcd.io";
/// The group of a Flux `Kustomization`, and that of a `HelmRelease`.
const FLUX_KUSTOMIZE: &str = "kustomize.toolkit.fluxcd.io";
const FLUX_HELM: &str = "helm.toolkit.fluxcd.io";

/// Which of the objects it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveringKind {
    /// Makes Argo CD applications from a template.
    ApplicationSet,
    /// An Argo CD application.
    Application,
    /// A Flux `Kustomization`.
    Kustomization,
    /// A Flux `HelmRelease`.
    HelmRelease,
}

impl DeliveringKind {
    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            DeliveringKind::ApplicationSet => "ApplicationSet",
            DeliveringKind::Application => "Application",
            DeliveringKind::Kustomization => "Kustomization",
            DeliveringKind::HelmRelease => "HelmRelease",
        }
    }

    /// Its resource for `kubectl`, with the group: other controllers have kinds of these names.
    pub fn resource(self) -> &'static str {
        match self {
            DeliveringKind::ApplicationSet => "applicationsets.argoproj.io",
            DeliveringKind::Application => "applications.argoproj.io",
            DeliveringKind::Kustomization => "kustomizations.kustomize.toolkit.fluxcd.io",
            DeliveringKind::HelmRelease => "helmreleases.helm.toolkit.fluxcd.io",
        }
    }

    pub(crate) fn from_type(api_version: &str, kind: &str) -> Option<DeliveringKind> {
        let (group, _) = api_version.split_once('/')?;
        match (group, kind) {
            (ARGO, "ApplicationSet") => Some(DeliveringKind::ApplicationSet),
            (ARGO, "Application") => Some(DeliveringKind::Application),
            (FLUX_KUSTOMIZE, "Kustomization") => Some(DeliveringKind::Kustomization),
            (FLUX_HELM, "HelmRelease") => Some(DeliveringKind::HelmRelease),
            _ => None,
        }
    }
}
