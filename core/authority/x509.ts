// The X.509 library, with what it needs of Reflect in place.
import './reflect.ts'

export * from '@peculiar/x509'
