{{- /* The manifest as YAML, with the Secret called by its name wherever it is taken from. */}}
{{- define "llm-gateway.named-secret" -}}
{{- range $container := dig "spec" "template" "spec" "containers" list .manifest }}
  {{- range $source := $container.envFrom }}
    {{- $_ := set $source.secretRef "name" $.secret }}
  {{- end }}
  {{- range $variable := $container.env }}
    {{- $reference := dig "valueFrom" "secretKeyRef" nil $variable }}
    {{- if and $reference (eq $reference.name "llm-gateway") }}
      {{- $_ := set $reference "name" $.secret }}
    {{- end }}
  {{- end }}
{{- end }}
{{- toYaml .manifest }}
{{- end }}
