{{- define "platform.labels" -}}
{{- /* Not the instance of the shop, which is the operator’s to label. */}}
app.kubernetes.io/instance: {{ .Release.Name }}-platform
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: ecommercestack
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- /* What dapr-components/ takes from the environment of a sidecar comes from the values here. */ -}}
{{- define "platform.environment" -}}
{{- $redis := .Values.components.redis -}}
{{- $kafka := .Values.components.kafka -}}
{{- $development := .Values.development.enabled -}}
REDIS_HOST: {{ $redis.host | default (ternary (printf "%s-redis:6379" .Release.Name) "" $development) | quote }}
REDIS_TLS: {{ $redis.tls | quote }}
KAFKA_BROKERS: {{ $kafka.brokers | default (ternary (printf "%s-kafka:9092" .Release.Name) "" $development) | quote }}
KAFKA_AUTH_TYPE: {{ $kafka.authType | quote }}
KAFKA_SASL_MECHANISM: {{ $kafka.saslMechanism | quote }}
KAFKA_DISABLE_TLS: {{ $kafka.disableTls | quote }}
KAFKA_CA_CERT: {{ $kafka.caCert | quote }}
SMTP_HOST: {{ .Values.components.smtp.host | quote }}
SMTP_PORT: {{ .Values.components.smtp.port | quote }}
{{- end -}}

{{- /* The key in the values by which a server is asked for; a host that nobody gave is refused before Dapr would. */ -}}
{{- define "platform.files" -}}
files/{{ .Values.broker }}/pubsub.yaml: {{ ternary "redis.host" "kafka.brokers" (eq .Values.broker "redis") }}
files/state/carts.yaml: redis.host
{{- if .Values.components.smtp.host }}
files/bindings/email.yaml: smtp.host
{{- end }}
{{- end -}}
