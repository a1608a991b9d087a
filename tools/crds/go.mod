// The definitions of other makers' resources that the operator writes, pinned. Dapr's are in its module.
module ecommercestack.local/tools/crds

go 1.26.5

require (
	github.com/kedacore/keda/v2 v2.21.0
	github.com/prometheus-operator/prometheus-operator v0.85.0
	sigs.k8s.io/gateway-api v1.6.3
)
