# One image for each service: docker build --build-arg SERVICE=order -t ecommercestack/order .
# WORKSPACE names another folder that is a program, such as packages/provider-simulator.
#
# BASE is any Debian with Node 24 and npm. The build reads two optional secrets: `npmrc`, npm's configuration of the
# user, and `ca`, the certificates of the authorities to trust beside the usual ones.
ARG BASE=node:24-bookworm-slim

# What npm needs to know, and nothing else: the source may change without another install. Development dependencies go
# because npm follows those from one workspace to the next, whatever it is told to omit.
FROM ${BASE} AS manifests
RUN --mount=type=bind,target=/source \
    mkdir /manifests && cd /source && cp package-lock.json .npmrc /manifests && \
    find . -name package.json -exec cp --parents --target-directory=/manifests {} + && \
    cd /manifests && npm pkg delete devDependencies --workspaces --include-workspace-root

FROM ${BASE} AS build
ARG SERVICE
ARG WORKSPACE=services/${SERVICE}
WORKDIR /app
COPY --from=manifests /manifests ./
RUN --mount=type=cache,target=/root/.npm \
    --mount=type=secret,id=npmrc,target=/root/.npmrc \
    --mount=type=secret,id=ca,target=/run/secrets/ca \
    if [ -s /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi && \
    npm ci --omit=dev --ignore-scripts --workspace=${WORKSPACE}
# The bill of materials is of what was installed: without the workspaces that are not linked.
RUN npm pkg set --json name="\"${SERVICE}\"" workspaces="$(cd node_modules/@ecommercestack && readlink * | \
      node -p 'JSON.stringify(fs.readFileSync(0, "utf8").trim().split("\n").map((link) => link.slice(6)))')" && \
    npm sbom --omit=dev --sbom-format=cyclonedx --sbom-type=application > /sbom.cdx.json
COPY packages packages
COPY services services
COPY local local
COPY operator operator
# A workspace that is not linked is not needed. The modules go aside, into a layer that a change of source leaves alone.
RUN for manifest in packages/*/package.json services/*/package.json */package.json; do \
      folder=$(dirname $manifest); \
      [ -e node_modules/@ecommercestack/$(basename $folder) ] || rm -rf $folder; \
    done; \
    rm package-lock.json .npmrc && mv node_modules /modules

FROM ${BASE}
ARG SERVICE
ARG WORKSPACE=services/${SERVICE}
ENV NODE_ENV=production
WORKDIR /app/${WORKSPACE}
COPY --from=build /modules /app/node_modules
COPY --from=build /app /app
COPY --from=build /sbom.cdx.json /app/sbom.cdx.json
# The only place for files, where a volume is mounted: nothing else is written.
RUN install --directory --owner=10001 --group=10001 /data
USER 10001:10001
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["node", "-e", \
  "fetch(`http://127.0.0.1:${process.env.ADMIN_PORT || 9090}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--import", "@ecommercestack/kit/otel", "src/main.ts"]
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="EcommerceStack ${SERVICE}" \
      org.opencontainers.image.description="The ${SERVICE} service of EcommerceStack" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      dev.ecommercestack.sbom="/app/sbom.cdx.json" \
      dev.ecommercestack.sbom.format="CycloneDX"
